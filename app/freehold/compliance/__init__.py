"""Rule packs become verdicts, levels, scores and explanations."""

from freehold.compliance.engine import Judged, NotEvaluated, judge_rules
from freehold.compliance.explaining import Explanation, explain
from freehold.compliance.findings import Finding, Findings, findings
from freehold.compliance.judgement import Judgement, judge, rescore
from freehold.compliance.packs import Pack, Reading
from freehold.compliance.rule import FrameworkMap, Rule, RuleTest
from freehold.compliance.scores import FrameworkResult, RuleResult
from freehold.compliance.waivers import Waiver, WaiverState

__all__ = [
    "Explanation",
    "Finding",
    "Findings",
    "FrameworkMap",
    "FrameworkResult",
    "Judged",
    "Judgement",
    "NotEvaluated",
    "Pack",
    "Reading",
    "Rule",
    "RuleResult",
    "RuleTest",
    "Waiver",
    "WaiverState",
    "explain",
    "findings",
    "judge",
    "judge_rules",
    "rescore",
]
