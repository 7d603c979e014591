"""What both front ends, the panel and the page, show and say, without a widget."""
