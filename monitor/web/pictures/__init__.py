"""Pictures that leave the browser: graphs, calendars, badges, QR codes."""
