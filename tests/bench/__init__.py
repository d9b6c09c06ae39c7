"""What recording and replaying cost, as ratios against a floor or a peer in the same run.

From the folder above: `python -m bench [--only NAME ...] [--json FILE] [--quick]`.  Nothing here fails for being
slow: it prints tables.
"""
