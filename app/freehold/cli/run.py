"""Run one command: parse, call its workflow, print the result, return the exit code."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel

from freehold.cli import (
    actuals,
    capacity_load,
    capacity_measurements,
    capacity_search,
    inventory,
    levels,
    run_register,
    run_scenarios,
    text,
    uncertainty,
)
from freehold.cli.parser import build
from freehold.cli.planning import HANDLERS as PLAN_HANDLERS
from freehold.errors import FreeholdError

DONE, FOUND, BAD_INPUT = 0, 1, 2
Outcome = tuple[BaseModel, int]
Window = Callable[[Path | None, bool], int]


def run(arguments: list[str], window: Window) -> int:
    """Run the command line and return 0 (done), 1 (verdicts or findings) or 2 (bad input).

    Args:
        arguments: what follows the program's name.
        window: opens the window on a document, or tests the program itself; given by the caller,
            since the command line knows no window.
    """
    try:
        options = build().parse_args(arguments)
        if options.selftest or options.command in (None, "open"):
            return window(getattr(options, "file", None), bool(options.selftest))
        return _command(options)
    except FreeholdError as error:
        _complain(str(error))
        return BAD_INPUT
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except KeyboardInterrupt:
        _complain("Stopped; nothing was changed.")
        return 130
    except OSError as error:
        _complain(_os_sentence(error))
        return BAD_INPUT
    except Exception as error:
        if os.environ.get("FREEHOLD_DEBUG"):
            raise
        _complain(_own_fault(error))
        return BAD_INPUT


def _command(options: Namespace) -> int:
    name = " ".join(filter(None, (options.command, getattr(options, "verb", None))))
    result, code = HANDLERS[name](options)
    if options.json:
        for notice in getattr(result, "notices", None) or ():
            _complain(notice)
        print(result.model_dump_json(by_alias=True, indent=2))
    else:
        print(text.render(result))
    return code


def _complain(sentence: str) -> None:
    print(f"freehold: {' '.join(sentence.split())}", file=sys.stderr)


def _own_fault(error: Exception) -> str:
    detail = (str(error).splitlines() or [""])[0][:200].rstrip(". ")
    return (
        f"Freehold met a fault of its own ({type(error).__name__}: {detail}). Nothing was changed; "
        "please report it with what FREEHOLD_DEBUG=1 shows."
    )


def _os_sentence(error: OSError) -> str:
    place = f" ({error.filename})" if error.filename else ""
    reason = error.strerror or str(error) or type(error).__name__
    return f"The file system refused: {reason}{place}. Nothing was changed."


def _new(options: Namespace) -> Outcome:
    from freehold.workflows import documents

    return documents.create(options.file, sample=options.sample), DONE


def _samples(_options: Namespace) -> Outcome:
    from freehold.workflows import documents

    return documents.samples(), DONE


def _import(options: Namespace) -> Outcome:
    from freehold.workflows import importing

    result = importing.import_sources(
        options.file, options.sources, kind=options.kind, profile=options.profile
    )
    return result, DONE


def _score(options: Namespace) -> Outcome:
    from freehold.workflows import scoring

    result = scoring.score(
        options.file,
        packs=options.pack,
        scenario=options.scenario,
        as_of=options.as_of,
        weights=options.weights,
        keep=options.keep,
        tries=options.tries,
    )
    return result, FOUND if scoring.fails_at(result, options.fail_on) else DONE


def _explain(options: Namespace) -> Outcome:
    from freehold.workflows import explaining

    place = {"scenario": options.scenario, "as_of": options.as_of}
    if options.rule == "all":
        return explaining.explain_all(options.file, options.subject, **place), DONE
    return explaining.explain(options.file, options.rule, options.subject, **place), DONE


def _rules_list(_options: Namespace) -> Outcome:
    from freehold.workflows import rules

    return rules.list_rules(), DONE


def _rules_columns(options: Namespace) -> Outcome:
    from freehold.workflows import rules

    return rules.columns(options.view), DONE


def _rules_check(options: Namespace) -> Outcome:
    from freehold.workflows import rules

    result = rules.check(options.folder)
    return result, FOUND if result.problems else DONE


def _rules_test(options: Namespace) -> Outcome:
    from freehold.workflows import rules

    result = rules.test(options.folder, mutate=options.mutate)
    return result, FOUND if result.failed or result.survivors else DONE


def _rules_schema(options: Namespace) -> Outcome:
    from freehold.workflows import rules

    return rules.write_schemas(options.folder), DONE


def _csf(options: Namespace) -> Outcome:
    from freehold.workflows import csf

    return csf.evaluate(options.answers, options.weights), DONE


def _capacity_estimate(options: Namespace) -> Outcome:
    from freehold.workflows import capacity

    return capacity.estimate(options.spec), DONE


def _capacity_validate(options: Namespace) -> Outcome:
    from freehold.workflows import capacity

    if options.bench is None:
        return capacity.accuracy(), DONE
    return capacity.validate(options.bench), DONE


def _scenario_list(options: Namespace) -> Outcome:
    from freehold.workflows import scenarios

    return scenarios.list_scenarios(options.file), DONE


def _scenario_add(options: Namespace) -> Outcome:
    from freehold.workflows import scenarios

    return scenarios.add(options.file, options.name, options.changes), DONE


def _compare(options: Namespace) -> Outcome:
    from freehold.workflows import comparing

    result = comparing.compare(
        options.file, options.names, everything=options.all, weights=options.weights
    )
    return result, DONE


def _report(options: Namespace) -> Outcome:
    from freehold.workflows import reporting

    result = reporting.report(
        options.file,
        kind=options.kind,
        formats=options.format,
        out=options.out,
        packs=options.pack,
        scenario=options.scenario,
        as_of=options.as_of,
        weights=options.weights,
    )
    return result, DONE


def _catalogue_info(_options: Namespace) -> Outcome:
    from freehold.workflows import catalogue

    return catalogue.info(), DONE


def _catalogue_check(_options: Namespace) -> Outcome:
    from freehold.workflows import catalogue

    result = catalogue.check()
    return result, FOUND if result.problems else DONE


def _catalogue_refresh(options: Namespace) -> Outcome:
    from freehold.workflows import catalogue

    return catalogue.refresh(options.csv, dry_run=options.dry_run), DONE


def _facts_list(options: Namespace) -> Outcome:
    from freehold.workflows import facts

    return facts.list_facts(options.file, scenario=options.scenario, as_of=options.as_of), DONE


def _facts_confirm(options: Namespace) -> Outcome:
    from freehold.workflows import facts

    made = facts.confirm(
        options.file,
        options.table,
        dict(options.key),
        author=options.by,
        source=options.source,
        reason=options.reason,
    )
    return made, DONE


HANDLERS: dict[str, Callable[[Namespace], Outcome]] = {
    "new": _new,
    "samples": _samples,
    "import": _import,
    "score": _score,
    "explain": _explain,
    "rules list": _rules_list,
    "rules columns": _rules_columns,
    "rules check": _rules_check,
    "rules test": _rules_test,
    "rules schema": _rules_schema,
    "csf": _csf,
    "capacity estimate": _capacity_estimate,
    "capacity validate": _capacity_validate,
    "scenario list": _scenario_list,
    "scenario add": _scenario_add,
    "compare": _compare,
    "report": _report,
    "facts list": _facts_list,
    "facts confirm": _facts_confirm,
    "catalogue info": _catalogue_info,
    "catalogue check": _catalogue_check,
    "catalogue refresh": _catalogue_refresh,
    **capacity_search.HANDLERS,
    **levels.HANDLERS,
    **capacity_load.HANDLERS,
    **capacity_measurements.HANDLERS,
    **uncertainty.HANDLERS,
    **actuals.HANDLERS,
    **inventory.HANDLERS,
    **run_register.HANDLERS,
    **run_scenarios.HANDLERS,
    **PLAN_HANDLERS,
}
