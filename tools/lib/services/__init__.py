"""What tools/services is made of: real servers for development and tests, on loopback, ended by process id."""
