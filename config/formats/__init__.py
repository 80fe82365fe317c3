"""Days in full where Django writes them otherwise: English as in Britain, no leading zeros."""
