"""One content model becomes PDF, HTML, XLSX and CSV."""

from freehold.reports.bundle import FORMATS, KINDS, evidence_bytes, write_report
from freehold.reports.chapters import audit_document
from freehold.reports.content import AuditContent

__all__ = ["FORMATS", "KINDS", "AuditContent", "audit_document", "evidence_bytes", "write_report"]
