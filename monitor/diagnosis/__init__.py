"""One file that says how this installation is, for whoever is asked to help: no secrets, no addresses unless asked."""
