"""When two spellings of an id name the same resource of a provider."""

from freehold.estate.sql import quoted


def identity_sql(column: str) -> str:
    """Return SQL that reduces an id to what all exports of its provider spell alike.

    AWS: the last part of an EC2 ARN is the id that bills and clusters give alone (`i-0ab...`).
    Azure: ids are the same in any case of letters. Google: the path from `projects/` on, which
    asset names, links and Terraform share. Any other id stands for itself.
    """
    given = ".".join(quoted(part) for part in column.split("."))
    arn = "^arn:aws[a-z-]*:ec2:[^:]*:[^:]*:[a-z-]+/[a-z]+-[0-9a-f]{8,17}$"
    return f"""CASE
        WHEN regexp_matches({given}, '{arn}')
            THEN regexp_extract({given}, '/([a-z]+-[0-9a-f]{{8,17}})$', 1)
        WHEN {given} ILIKE '/subscriptions/%' THEN rtrim(lower({given}), '/')
        WHEN regexp_matches({given}, '^(//|https://)[a-z.]*googleapis[.]com/.*projects/[^/]+/.+')
            THEN regexp_extract({given}, '(projects/[^/]+/.+)$', 1)
        ELSE {given} END"""
