"""Who is told: people, rotas, policies. Pure."""
