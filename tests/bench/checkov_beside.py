"""A Terraform plan judged by 40 location, key and owner rules, beside Checkov where it is there.

Checkov is no dependency: install it in an environment of its own (`pip install checkov`) and put
its command on PATH. Its policies ask of the plan's attributes what the rules ask of the resources
made from it; Freehold's time has reading, publishing and judging in it, Checkov's its whole run.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

from freehold.compliance import Rule, judge
from freehold.estate import Workspace
from freehold.importers import read
from tests.bench.estates import AS_OF
from tests.bench.figures import Figure, counted, peak_memory, timed

if sys.platform != "win32":
    import resource

LOCATION_RULES, KEY_RULES, OWNER_RULES = 20, 10, 10
_REGIONS = ("francecentral", "germanywestcentral", "eastus", "westeurope", "uksouth")
_COUNTRIES = ("FR", "DE", "US", "NL", "GB")
_TYPE = "azurerm_managed_disk"
_MOST_SECONDS = 3600


def measure(size: int, runs: int, folder: Path) -> list[Figure]:
    """Judge a plan of `size` disks, and let Checkov do the same if it is installed."""
    plan = folder / "plan.json"
    plan.write_text(json.dumps(_plan(size)), encoding="utf-8")
    rules = _rules()

    def freehold() -> None:
        workspace = Workspace.new(AS_OF)
        made = read([plan], connection=workspace.connection)
        workspace.append("resources", made.frames["resources"])
        workspace.publish({"resources"})
        found = judge(workspace.connection, rules, AS_OF, frameworks=[])
        assert sum(found.verdicts.values()) == size * len(rules)
        workspace.close()

    figures = [timed("freehold", runs, freehold), peak_memory()]
    command = shutil.which("checkov")
    if command is None:
        print(
            "Checkov is not installed, so Freehold stands alone here: pip install checkov in an"
            " environment of its own and put its command on PATH",
            file=sys.stderr,
        )
        return figures
    policies = folder / "policies"
    names = _write_policies(policies)

    def checkov() -> None:
        done = subprocess.run(
            [
                *(command, "--file", str(plan), "--framework", "terraform_plan"),
                *("--external-checks-dir", str(policies), "--check", ",".join(names)),
                *("--output", "json", "--quiet", "--compact", "--soft-fail"),
                *("--skip-download", "--skip-results-upload"),
            ],
            cwd=folder,
            capture_output=True,
            timeout=_MOST_SECONDS,
            check=True,
        )
        told = json.loads(done.stdout)["summary"]
        assert told["passed"] + told["failed"] == size * len(names), "every check was made"

    figures.append(timed("checkov", runs, checkov))
    held = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    figures.append(counted("checkov memory", "MiB", held / 1024))
    figures.append(counted("checkov / freehold", "x", figures[-2].median / figures[0].median))
    return figures


def _plan(size: int) -> dict[str, object]:
    disks = [
        {
            "address": f"{_TYPE}.disk_{number}",
            "mode": "managed",
            "type": _TYPE,
            "name": f"disk_{number}",
            "provider_name": "registry.terraform.io/hashicorp/azurerm",
            "values": {
                "name": f"disk-{number}",
                "location": _REGIONS[number % len(_REGIONS)],
                "disk_encryption_set_id": None if number % 3 else f"set-{number % 7}",
                "tags": {"owner": f"team-{number % 12}"},
            },
        }
        for number in range(size)
    ]
    changes = [
        {key: disk[key] for key in ("address", "mode", "type", "name", "provider_name")}
        | {"change": {"actions": ["create"], "before": None, "after": disk["values"]}}
        for disk in disks
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"resources": disks}},
        "resource_changes": changes,
        "configuration": {"root_module": {}},
    }


def _rules() -> list[Rule]:
    fails = [f"country = '{_COUNTRIES[n % len(_COUNTRIES)]}'" for n in range(LOCATION_RULES)]
    fails += [f"key_custody < {1 + n % 5}" for n in range(KEY_RULES)]
    fails += [f"parent_country = '{_COUNTRIES[n % len(_COUNTRIES)]}'" for n in range(OWNER_RULES)]
    return [
        Rule(
            id=f"BENCH-{number:03}",
            title="A rule as Checkov has them",
            severity="medium",
            subject="resources",
            applies="TRUE",
            fails=text,
        )
        for number, text in enumerate(fails)
    ]


def _write_policies(folder: Path) -> list[str]:
    """Write the same number of policies as JSON, which is YAML too; return their ids."""
    asked = [("location", "not_equals", _REGIONS[n % len(_REGIONS)]) for n in range(LOCATION_RULES)]
    asked += [("disk_encryption_set_id", "not_equals", f"set-{n}") for n in range(KEY_RULES)]
    asked += [("tags.owner", "not_equals", f"team-{n}") for n in range(OWNER_RULES)]
    folder.mkdir(exist_ok=True)
    names = []
    for number, (attribute, operator, value) in enumerate(asked):
        name = f"CKV2_BENCH_{number + 1}"
        policy = {
            "metadata": {"id": name, "name": name, "category": "GENERAL_SECURITY"},
            "definition": {
                "cond_type": "attribute",
                "resource_types": [_TYPE],
                "attribute": attribute,
                "operator": operator,
                "value": value,
            },
        }
        (folder / f"{name}.yaml").write_text(json.dumps(policy), encoding="utf-8")
        names.append(name)
    return names
