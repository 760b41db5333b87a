"""What people send back: commands from chats, and links in messages that act."""
