"""What is seen in pictures: motion, planes, light and flashes. Numbers in, numbers out."""
