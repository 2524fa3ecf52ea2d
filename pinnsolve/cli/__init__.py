"""The command line: one file a command, each of which reads its options, makes one call and shows what comes back."""
