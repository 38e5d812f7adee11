"""The reference pages of docs/reference, made from what the program itself goes by."""
