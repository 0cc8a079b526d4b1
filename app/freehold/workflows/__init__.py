"""One function per command; what the command line and the window both call."""
