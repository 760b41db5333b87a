"""What a result means and who must know. Pure but for delivery and channels."""
