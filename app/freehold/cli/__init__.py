"""The workflows, headless."""
