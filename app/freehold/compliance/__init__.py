"""Rule packs become verdicts, levels, scores and explanations."""
