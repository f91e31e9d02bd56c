"""HiDeF as published: persistent communities by clique percolation, and weaving."""
