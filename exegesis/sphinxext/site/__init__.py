"""Files beside the pages: records for machines, notebooks, the feed, the search index."""
