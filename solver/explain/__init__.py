"""Why an instance has no plan and what would give it one, what each rule costs, and why a body goes where it goes."""
