"""What keeps the books and the documents of stock straight, whoever writes them."""
