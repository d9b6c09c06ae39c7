"""The rules, a module for each family; a stranger adds a row to one, or a module and its name to the rulebook."""
