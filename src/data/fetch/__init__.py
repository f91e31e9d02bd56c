"""Public data: manifests, a downloader that goes on after a kill, what is made of raw files."""
