"""What provinces install, built from this tree: the wheel, the Debian package, the offline bundle, the bill of materials.

Built twice from one commit, each is the same byte for byte: time stamps are the commit's, orders are sorted, modes are
set. Only the wheels come from outside, and only those whose hashes `requirements.lock` holds.
"""
