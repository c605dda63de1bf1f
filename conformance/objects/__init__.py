"""Any callable as an implementation: named where it stands, called as it wants to be called."""
