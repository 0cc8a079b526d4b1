"""Rule packs become verdicts, levels, scores and explanations."""

from freehold.compliance.again import judge_again, try_rule
from freehold.compliance.engine import Judged, NotEvaluated, judge_rules
from freehold.compliance.explaining import Explanation, explain
from freehold.compliance.findings import Finding, Findings, findings
from freehold.compliance.judgement import Judgement, Place, judge, judge_together, rescore
from freehold.compliance.packs import Pack, Reading
from freehold.compliance.rule import FrameworkMap, Rule, RuleTest
from freehold.compliance.scores import FrameworkResult, RuleResult
from freehold.compliance.subject import RuleOnSubject, explain_subject
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
    "Place",
    "Reading",
    "Rule",
    "RuleOnSubject",
    "RuleResult",
    "RuleTest",
    "Waiver",
    "WaiverState",
    "explain",
    "explain_subject",
    "findings",
    "judge",
    "judge_again",
    "judge_rules",
    "judge_together",
    "rescore",
    "try_rule",
]
