"""One content model becomes PDF, HTML, XLSX and CSV."""

from freehold.reports.build import RunFacts, audit_content
from freehold.reports.build_capacity import capacity_content, estimated_capacity
from freehold.reports.build_csf import csf_content
from freehold.reports.build_load import simulated_loads
from freehold.reports.bundle import FORMATS, KINDS, evidence_bytes, write_report
from freehold.reports.chapters import audit_document
from freehold.reports.content import AuditContent

__all__ = [
    "FORMATS",
    "KINDS",
    "AuditContent",
    "RunFacts",
    "audit_content",
    "audit_document",
    "capacity_content",
    "csf_content",
    "estimated_capacity",
    "evidence_bytes",
    "simulated_loads",
    "write_report",
]
