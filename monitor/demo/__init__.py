"""The province in a box: network namespaces, WAN emulator, device simulators."""
