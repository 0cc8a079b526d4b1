"""The EU Cloud Sovereignty Framework: 48 criteria, SEAL and score."""

from freehold.compliance.csf.answers import read_answers
from freehold.compliance.csf.framework import DEFAULT_WEIGHTS, Criterion, Framework, Option
from freehold.compliance.csf.framework import load as load_framework
from freehold.compliance.csf.framework import shipped as shipped_framework
from freehold.compliance.csf.levels import (
    CriterionState,
    EstateLevel,
    ServiceLevel,
    estate_level,
)
from freehold.compliance.csf.scoring import (
    CsfResult,
    ObjectiveResult,
    evaluate,
    evaluate_parties,
    evaluate_possible,
)
from freehold.compliance.csf.sheet import (
    BASES,
    SheetAccount,
    SheetAnswer,
    SheetRow,
    changes_of_answers,
    changes_of_sheet,
    read_sheet,
    sheet,
    write_sheet,
)

__all__ = [
    "BASES",
    "DEFAULT_WEIGHTS",
    "Criterion",
    "CriterionState",
    "CsfResult",
    "EstateLevel",
    "Framework",
    "ObjectiveResult",
    "Option",
    "ServiceLevel",
    "SheetAccount",
    "SheetAnswer",
    "SheetRow",
    "changes_of_answers",
    "changes_of_sheet",
    "estate_level",
    "evaluate",
    "evaluate_parties",
    "evaluate_possible",
    "load_framework",
    "read_answers",
    "read_sheet",
    "sheet",
    "shipped_framework",
    "write_sheet",
]
