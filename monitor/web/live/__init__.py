"""Pages that change by themselves: what changed is rendered once and pushed to everybody who looks (SSE)."""
