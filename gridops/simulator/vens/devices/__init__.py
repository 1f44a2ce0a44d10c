"""What stands in the homes: each moves on by a step under what it was asked, and says what it draws."""
