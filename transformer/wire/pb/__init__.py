"""Generated from proto/ by proto/generate; not edited by hand."""
