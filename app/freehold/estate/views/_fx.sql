-- USD for one unit of each currency: the organisation's own rate before the catalogue's, the
-- latest on or before the as-of date, direct before inverse before through one other currency.
WITH latest AS (
  SELECT * FROM (
    SELECT 0 AS place, date, base, quote, CAST(rate AS DOUBLE) AS rate FROM {e}.fx_rates
    UNION ALL
    SELECT 1 AS place, date, base, quote, CAST(rate AS DOUBLE) AS rate FROM {c}.fx_rates
  ) WHERE date <= {as_of} AND rate > 0 AND base <> quote
  QUALIFY row_number() OVER (PARTITION BY base, quote ORDER BY place, date DESC, rate) = 1
),
direct AS (
  SELECT * FROM (
    SELECT base AS currency, rate AS usd, place, 0 AS step FROM latest WHERE quote = 'USD'
    UNION ALL
    SELECT quote AS currency, 1 / rate AS usd, place, 1 AS step FROM latest WHERE base = 'USD'
  ) QUALIFY row_number() OVER (PARTITION BY currency ORDER BY place, step) = 1
),
crossed AS (
  SELECT l.quote AS currency, d.usd / l.rate AS usd, l.place, l.base AS through
  FROM latest l JOIN direct d ON d.currency = l.base
  UNION ALL
  SELECT l.base AS currency, d.usd * l.rate AS usd, l.place, l.quote AS through
  FROM latest l JOIN direct d ON d.currency = l.quote
),
every AS (
  SELECT 'USD' AS currency, 1.0 AS usd
  UNION ALL
  SELECT currency, usd FROM direct WHERE currency <> 'USD'
  UNION ALL
  (SELECT currency, usd FROM crossed
   WHERE currency <> 'USD' AND currency NOT IN (SELECT currency FROM direct)
   QUALIFY row_number() OVER (PARTITION BY currency ORDER BY place, through) = 1)
)
SELECT currency, CAST(usd AS DECIMAL(18, 8)) AS usd FROM every
