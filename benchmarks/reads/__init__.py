"""How fast reads are: Dougong beside bare SQL endpoints, strawberry and PostGraphile."""
