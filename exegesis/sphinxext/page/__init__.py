"""What stands around a page's text: header, references, navigation, scripts."""
