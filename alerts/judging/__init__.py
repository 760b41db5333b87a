"""What a result means: verdict, lasting status, child or cause, they or we. Pure."""
