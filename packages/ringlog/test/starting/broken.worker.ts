throw new Error('the file that was given')
