"""From baked outputs and the author's files to a bundle, and what is known about bundles.

`build` decides whether there is anything to do and swaps the folder; `assembly` says what goes in;
`bundle` gives names, headers and a manifest; `pages` and `side_pages` fill the templates. `budget`,
`references`, `audit` and `probe` look at a bundle afterwards.
"""
