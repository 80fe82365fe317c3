"""Makes new pixels of a stranger's file, in a process that can do nothing else.

`python -m documents.applications.converter` reads one file from standard input and writes its
pages, as `frames` describes, to standard output. Nothing here knows Django or the product.
"""
