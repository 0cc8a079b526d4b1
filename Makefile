# The two commands of the README are `make run` and `make test`; each sets up what it needs.
.DEFAULT_GOAL := help
.PHONY: help setup run test thorough style lint bench peer shots package lock clean

VENV := .venv/bin
# Qt's web view refuses to run as root with its sandbox on; only root gets this switch.
ifeq ($(shell id -u),0)
export QTWEBENGINE_DISABLE_SANDBOX := 1
endif

# Many processes start here; without its bytecode each would compile Freehold again.
unexport PYTHONDONTWRITEBYTECODE

help:           ## list the commands
	@grep -hE '^[a-z]+: .*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup:          ## system packages, virtual environment, Freehold itself
	@packaging/bootstrap.sh

run: setup      ## open the window on the sample estate (headless: run the same job and write the report)
	@packaging/run.sh

style: setup
	$(VENV)/ruff check app tests packaging
	$(VENV)/ruff format --check app tests packaging
	$(VENV)/lint-imports

lint: style     ## style, types, import contracts
	$(VENV)/mypy

test: setup     ## lint and the whole test suite
	@packaging/test.sh

thorough: setup ## the tests with ten times the examples where each example is dear
	@FREEHOLD_EXAMPLES=10 PYTEST_ADDOPTS=--timeout=3600 packaging/test.sh

bench: setup    ## speed and memory, as JSON in build/bench.json
	PATH="$$PATH:$(CURDIR)/build/aiconfigurator/bin" $(VENV)/python -m tests.bench build/bench.json

peer: setup     ## aiconfigurator in an environment of its own, which `make bench` then measures beside
	$(VENV)/python -m venv --clear build/aiconfigurator
	build/aiconfigurator/bin/pip install --quiet aiconfigurator==0.12.0

shots: setup    ## a picture of every page, light and dark, in build/shots
	QT_QPA_PLATFORM=offscreen $(VENV)/python -m freehold.desktop.screenshots build/shots

package: setup  ## the program as a folder that runs without Python, in build/dist/freehold
	packaging/package.sh

lock: setup     ## settle the versions in packaging/lock/requirements.txt again
	cd packaging/lock && ../../$(VENV)/uv pip compile develop.in --universal --python-version 3.11 \
	  --generate-hashes --no-annotate --custom-compile-command "make lock" -q -o requirements.txt

clean:          ## remove what was built
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
