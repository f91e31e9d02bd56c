"""HiDeF as published: percolation and weaving."""
