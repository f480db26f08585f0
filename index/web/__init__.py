"""Articles from the web: pages, feeds and sitemaps become `RawArticle`; its libraries belong to the extra `web`."""
