"""One content model becomes PDF, HTML, XLSX and CSV."""
