"""Titles of the columns in a report's tables; they are their own keys."""

_TITLES = (
    "Framework|Level|Before waivers|After waivers|Worst case|Coverage|What caps it|Pass"
    "|Fail|Waived|Unknown|Not applicable|Rules|Objective|Weight|SEAL|Points|Service"
    "|Provider|SEAL asked|State|Score|Rule|Title|Severity|Subject|What was found|Evidence"
    "|Status|Field|Meaning|Verdicts|Subjects|Worst severity|Reason|Currency|Invoiced"
    "|On resources|Judged|Share judged|Import|Kind|Read|Imported|Skipped|Records|Would fail"
    "|Would pass|Flagged †|Facts|Criterion|Option|Basis|What|Value|Who and when|Source"
    "|Waiver|Scope|Owner, approver|Expires|Compensating control|Location|Exposure"
    "|Placements|Dimension, base|Largest members|Undecided|HHI|Parent|Country|Resources"
    "|Without cost|USD a month|Share|Workload|Where|Fit|Performance|kWh a month"
    "|kg CO₂e a month|Measure|Term|Tables|Rows|Not verified|As of|Licence|Driver|Change"
    "|Weight set|Fixing|Scenario|Clauses judged|Clause|First token, ms|Per token, ms"
    "|Targets met|Offered load|Least cost|More than a level lower|Range|A level lower"
    "|At this level|Months|SKU|Count|USD|Requirement|What it asks|Costs, USD|Of cost"
    "|At most, USD|Month|From|To|Data, GB|Contract left|Notice, months|Node"
    "|Critical functions lost|Functions lost|On failover"
)
COLUMN_TITLES: frozenset[str] = frozenset(_TITLES.split("|"))
"""Column titles that the chapters use; a translation maps each of them."""
