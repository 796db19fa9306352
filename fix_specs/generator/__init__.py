"""Read FIX facts, settle where sources disagree, write QuickFIX-format dictionaries."""
