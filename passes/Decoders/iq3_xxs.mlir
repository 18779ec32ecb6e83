// ggml's iq3_xxs: four weights are one of 256 points; 32 share seven signs for each eight and a scale of 4 bits, all 256 an f16.
// f16 d; 64 bytes of points; for each 32 a u32: four times seven signs, s.
memref.global "private" constant @points : memref<256xi16> = dense<"0x0000020004001100130017002000220031004200730075000101030110011201210125013001320141015401700100020202040211022002220231023302370251025702750201030703100312032503700313043704440457047304750401050705320552053506640610071407160743076107011003101010121021102310301032103410471050100011021111112011221101120312101212122112301272120013021320133113461366130114051450142015241546157115051622174017002002201120132020202220262031204220012103210521102112212121302163216721702100220222112217222022222237224022552201231023142370237423352453240325272541257425012703271627452701301030123021302330503065307230003102312031313144314631013203321032253252327232113333333034473472340035063522355535143636366336333760370440174035403740534057407441204237424042604266420743454304445144644425454345704505471047124730471250415070500051065126515551145232527252025353531054235427547254025531555056245742572460446046606460216161611762646230633663446405655265336603672167037005700770107032705270267140711272457252720073157333736073217441740075027524753076">
func.func @iq3_xxs(%block: memref<49xi16>, %quad: index) -> (i32, f32)
    attributes {vspec.columns = 256, vspec.group = 32, vspec.bias = 62, vspec.most = 124,
                vspec.written_out = "table{4, iq3_xxs} x 32:uint{5} x 256:f16"} {
  %i0 = arith.constant 0 : index
  %i1 = arith.constant 1 : index
  %i2 = arith.constant 2 : index
  %i4 = arith.constant 4 : index
  %i33 = arith.constant 33 : index
  %i34 = arith.constant 34 : index
  %c1 = arith.constant 1 : i32
  %c2 = arith.constant 2 : i32
  %c3 = arith.constant 3 : i32
  %c4 = arith.constant 4 : i32
  %c7 = arith.constant 7 : i32
  %c8 = arith.constant 8 : i32
  %c15 = arith.constant 15 : i32
  %c16 = arith.constant 16 : i32
  %c28 = arith.constant 28 : i32
  %c127 = arith.constant 127 : i32
  %c255 = arith.constant 255 : i32
  %c01 = arith.constant 0x01010101 : i32
  %c0f = arith.constant 0x0F0F0F0F : i32
  %cff = arith.constant 0x00FF00FF : i32
  %c204081 = arith.constant 0x00204081 : i32
  %twice = arith.constant 0x7C7C7C7C : i32
  %least = arith.constant 0x42424242 : i32
  %unit = arith.constant 0.25 : f32
  %octet = arith.divui %quad, %i2 : index
  %half = arith.remui %quad, %i2 : index
  %half32 = arith.index_cast %half : index to i32
  %half4 = arith.muli %half32, %c4 : i32
  %indexWord = arith.divui %quad, %i2 : index
  %indexAt = arith.addi %indexWord, %i1 : index
  %indexOdd = arith.remui %quad, %i2 : index
  %indexOdd32 = arith.index_cast %indexOdd : index to i32
  %indexBy = arith.muli %indexOdd32, %c8 : i32
  %indexTwo16 = memref.load %block[%indexAt] : memref<49xi16>
  %indexTwo = arith.extui %indexTwo16 : i16 to i32
  %indexDown = arith.shrui %indexTwo, %indexBy : i32
  %index = arith.andi %indexDown, %c255 : i32
  %group = arith.divui %octet, %i4 : index
  %inGroup = arith.remui %octet, %i4 : index
  %wordOf = arith.muli %group, %i2 : index
  %lowAt = arith.addi %wordOf, %i33 : index
  %highAt = arith.addi %wordOf, %i34 : index
  %lowWord16 = memref.load %block[%lowAt] : memref<49xi16>
  %lowWord = arith.extui %lowWord16 : i16 to i32
  %highWord16 = memref.load %block[%highAt] : memref<49xi16>
  %highWord = arith.extui %highWord16 : i16 to i32
  %highUp = arith.shli %highWord, %c16 : i32
  %word = arith.ori %lowWord, %highUp : i32
  %inGroup32 = arith.index_cast %inGroup : index to i32
  %signsBy = arith.muli %inGroup32, %c7 : i32
  %signsDown = arith.shrui %word, %signsBy : i32
  %seven = arith.andi %signsDown, %c127 : i32
  %s = arith.shrui %word, %c28 : i32
  // The eighth sign makes the number of minus signs even.
  %down4 = arith.shrui %seven, %c4 : i32
  %by4 = arith.xori %seven, %down4 : i32
  %down2 = arith.shrui %by4, %c2 : i32
  %by2 = arith.xori %by4, %down2 : i32
  %down1s = arith.shrui %by2, %c1 : i32
  %by1 = arith.xori %by2, %down1s : i32
  %odd = arith.andi %by1, %c1 : i32
  %eighth = arith.shli %odd, %c7 : i32
  %eight = arith.ori %seven, %eighth : i32
  %mySigns = arith.shrui %eight, %half4 : i32
  %sign4 = arith.andi %mySigns, %c15 : i32
  %place = arith.index_castui %index : i32 to index
  %points = memref.get_global @points : memref<256xi16>
  // Four magnitudes of 3 bits, a nibble each, become bytes.
  %row16 = memref.load %points[%place] : memref<256xi16>
  %row = arith.extui %row16 : i16 to i32
  %up8 = arith.shli %row, %c8 : i32
  %spread2 = arith.ori %row, %up8 : i32
  %two = arith.andi %spread2, %cff : i32
  %up4 = arith.shli %two, %c4 : i32
  %spread4 = arith.ori %two, %up4 : i32
  %four = arith.andi %spread4, %c0f : i32
  // 4, 12, 20, 28, 36, 44, 52 and 62, above the bias.
  %times8 = arith.shli %four, %c3 : i32
  %above = arith.addi %four, %c01 : i32
  %aboveDown = arith.shrui %above, %c3 : i32
  %last = arith.andi %aboveDown, %c01 : i32
  %last2 = arith.shli %last, %c1 : i32
  %almost = arith.addi %times8, %last2 : i32
  %plus = arith.addi %almost, %least : i32
  // A sign to each byte, as 0 or 255; what is minus lies as far below the bias as plus above it.
  %spread = arith.muli %sign4, %c204081 : i32
  %ones = arith.andi %spread, %c01 : i32
  %next = arith.shli %ones, %c8 : i32
  %mask = arith.subi %next, %ones : i32
  %minus = arith.subi %twice, %plus : i32
  %differ = arith.xori %plus, %minus : i32
  %change = arith.andi %differ, %mask : i32
  %codes = arith.xori %plus, %change : i32
  %d16 = memref.load %block[%i0] : memref<49xi16>
  %d = arith.bitcast %d16 : i16 to f16
  %dWide = arith.extf %d : f16 to f32
  // d * (2 s + 1) / 4
  %s2 = arith.shli %s, %c1 : i32
  %s2plus1 = arith.ori %s2, %c1 : i32
  %odds = arith.uitofp %s2plus1 : i32 to f32
  %scaled = arith.mulf %dWide, %odds : f32
  %scale = arith.mulf %scaled, %unit : f32
  return %codes, %scale : i32, f32
}
