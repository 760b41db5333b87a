"""What `incident` does besides showing."""
