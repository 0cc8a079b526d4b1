"""One figure description becomes a Plotly figure or a ReportLab drawing."""
