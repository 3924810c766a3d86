"""What a month in Azure costs, from what orders use and what that is sold for."""
