"""What approximates: 1→k networks, trial solutions, their time derivatives and residuals."""
